"""Which words in a prompt ask for which motif."""

import re

# Plurals come by themselves. Left out on purpose: words that describe style far more often than a
# subject ("paper", "frame", "light" alone), and "asset" and "user", which every brief is full of.
WORDS: dict[str, str] = {
    "anchor": "anchor|harbour|harbor|boat|ship|sailing|nautical",
    "bank": "bank|banking|treasury|museum|courthouse|government|tax|irs|pension|retirement",
    "bell": "bell|notification|alert|reminder|alarm",
    "bolt": "bolt|utility|electricity|energy|lightning|plug",
    "book": "book|guide|guidebook|manual|handbook|library|guestbook|journal|diary|story|ledger",
    "briefcase": "briefcase|business|employment|employer|career|portfolio",
    "bubble": "message|chat|conversation|speech|comment",
    "bulb": "bulb|light bulb|idea|insight|tip",
    "calendar": "calendar|date|schedule|timeline|appointment|event|deadline|agenda|planner",
    "candle": "candle|candlelight|memorial|funeral|vigil|remembrance|obituary|burial|cremation",
    "car": "car|vehicle|automobile|truck|motorcycle|dmv|driving|garage",
    "card": "credit card|debit card|payment card|credit|payment|subscription|billing",
    "chart": "chart|report|graph|statistics|analytics|brokerage|investment|stock|growth|progress|metric",
    "checklist": "checklist|task|to-do|todo|step|clipboard|preparation|inventory|index",
    "cloud": "cloud|upload|download|backup|storage",
    "coins": "coin|money|account|finance|financial|saving|cash|wealth|fund|crypto|bitcoin|budget"
    "|expense|debt|loan|mortgage",
    "compass": "compass|navigation|direction|dashboard|journey|roadmap|orientation|overview|map",
    "contacts": "contact|address book|phone book|directory|rolodex",
    "cross": "health|health insurance|medical|medicine|hospital|doctor|healthcare|clinic|directive|emergency",
    "database": "database|data|server|record|archive",
    "document": "document|certificate|contract|deed|file|policy|agreement|license|licence|paperwork",
    "envelope": "envelope|letter|mail|email|e-mail|correspondence|usps|inbox",
    "family": "family|parent|child|children|household|guardian|dependent|beneficiary|heir",
    "feather": "feather|quill|poem|calligraphy|author|note|notes",
    "flag": "flag|milestone|goal|achievement",
    "flower": "flower|tulip|bouquet|sympathy|condolence|wreath",
    "gavel": "gavel|legal|law|court|judge|attorney|lawyer|probate|litigation|auction|power of attorney",
    "gear": "gear|setting|setup|configuration|admin|administration|console|engine|cog|cogwheel",
    "gift": "gift|donation|charity|charitable|bequest",
    "globe": "globe|digital|online|internet|web|website|world|domain|travel|global|planet",
    "heart": "heart|love|memory|affection|compassion|kindness|wish",
    "hourglass": "hourglass|time|clock|watch|waiting|history|patience",
    "house": "house|home|real estate|property|residence|mansion|manor|cottage|homeowner|landlord|renter|building|door",
    "key": "key|access|password|credential|login",
    "lamp": "lamp|table lamp|lantern|lights|lighthouse",
    "leaf": "leaf|leaves|garden|plant|botanical|olive branch",
    "lock": "lock|padlock|secure|security|privacy|vault|encryption|confidential",
    "magnifier": "magnifier|magnifying glass|search|review|inspection|diagnostic|qa|audit|research",
    "medal": "medal|award|honour|honor|veteran|military|badge|prize|ribbon",
    "mountain": "mountain|summit|outdoors",
    "music": "music|song|playlist|melody|concert|hymn",
    "nib": "pen|fountain pen|nib|signature|signing|autograph",
    "paw": "paw|pet|dog|cat|animal",
    "people": "people|person|team|community|group|advisor|adviser|friend|social",
    "phone": "phone|mobile|smartphone|telephone|device",
    "photo": "photo|photograph|keepsake|gallery|collage|album|heirloom|snapshot|picture frame",
    "pin": "pin|location|address|venue|destination|moving",
    "qr": "qr|qr code|barcode",
    "rings": "ring|wedding|marriage|spouse|partnership|couple|trust",
    "rocket": "rocket|launch|rollout|release|startup",
    "scales": "scale|justice|executor|fairness|ethics|trustee",
    "screen": "screen|streaming|television|tv|video|movie|film|computer|laptop|software",
    "scroll": "scroll|will|testament|decree|proclamation|charter",
    "shield": "shield|protection|guard|safety|defence|defense|warranty|armour|armor",
    "star": "star|favourite|favorite|wishlist|excellence",
    "tree": "tree|oak|family tree|genealogy|legacy|heritage|ancestor|ancestry|generation|forest|woodland",
    "umbrella": "umbrella|insurance|insurer|coverage|rain",
}

# "will" is mostly a verb; "a light" is a lamp unless it describes something.
_SPECIAL: dict[str, str] = {
    r"(?:living|last|the|a|my|your|of|valid|written|signed)\s+will(?!\s+(?:be|show|have|make))": "scroll",
    r"(?-i:Will)": "scroll",
    r"wills": "scroll",
    r"(?:a|the)\s+light(?=\s*(?:[.,;:!?)]|$))": "lamp",
}


def _plural(word: str) -> str:
    stem = re.escape(word).replace(r"\ ", r"[\s_-]+")
    return f"{stem[:-1]}(?:y|ys|ies)" if word.endswith("y") else f"{stem}(?:s|es)?"


def _table() -> tuple[re.Pattern[str], tuple[str, ...]]:
    entries = [(word, motif) for motif, words in WORDS.items() for word in words.split("|") if word != "will"]
    entries.sort(key=lambda entry: -len(entry[0]))  # "family tree" before "family"
    patterns = [*_SPECIAL, *(_plural(word) for word, _ in entries)]
    motifs = (*_SPECIAL.values(), *(motif for _, motif in entries))
    groups = "|".join(f"({pattern})" for pattern in patterns)
    return re.compile(rf"(?<![A-Za-z])(?:{groups})(?![A-Za-z])", re.IGNORECASE), motifs


_PATTERN, _MOTIF_OF_GROUP = _table()


def first_motif(text: str) -> str | None:
    """Return the motif of the first word of the text that is in the table."""
    match = _PATTERN.search(text)
    return _MOTIF_OF_GROUP[match.lastindex - 1] if match and match.lastindex else None
