"""The settings of the two providers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from asset_pipeline.settings.section import Section
from asset_pipeline.settings.types import GuardedUrl, ModelName, Price, Url


class ReplicateSettings(Section):
    """Replicate, which makes the images."""

    base_url: Url = Field("https://api.replicate.com/v1", description="Address of the API, in live mode.")
    request_timeout_s: float = Field(30, gt=0, le=300, description="Deadline of one request, in seconds.")
    prediction_timeout_s: float = Field(
        600, gt=0, le=86_400, description="How long a prediction is waited for; it stays open after that."
    )
    cancel_after_s: int = Field(
        1800, ge=5, le=86_400, description="Age at which Replicate ends a prediction by itself; free if not begun."
    )
    poll_s: float = Field(0.5, gt=0, le=60, description="Seconds before the first look at a model's first prediction.")
    webhook_url: GuardedUrl | None = Field(
        None,
        description="Where Replicate tells of the end of a prediction: the public address of `asset-pipeline webhooks`,"
        " ending in /webhooks/replicate; in sandbox mode only an address on this machine.",
    )
    lost_after_s: float = Field(
        300,
        ge=0,
        le=3000,
        description="Age at which a request that Replicate does not know counts as never arrived.",
    )
    max_download_mb: float = Field(50, gt=0, le=1000, description="Largest image that is downloaded, in megabytes.")
    download_timeout_s: float = Field(
        120, gt=0, le=3600, description="Deadline of one image's download, in seconds; then it is tried again."
    )
    creates_per_minute: int = Field(
        600, ge=0, le=100_000, description="Most predictions created per minute, in live mode; 0 for no limit."
    )


ProviderTag = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=100)]


class ReasoningSettings(Section):
    """How much a model may think before it answers, in one of three ways; what it thinks is paid and never shown."""

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = Field(
        None, description="In words; each provider has its own measure."
    )
    max_tokens: int | None = Field(None, ge=1, le=8000, description="In tokens, of those that an answer may have.")
    enabled: bool | None = Field(None, description="Not at all, or as much as the model does by itself.")

    @model_validator(mode="after")
    def _is_one_way(self) -> ReasoningSettings:
        if len(self.request()) != 1:
            raise ValueError("give one of effort, max_tokens and enabled: OpenRouter refuses them together")
        return self

    def request(self) -> dict[str, str | int | bool]:
        """Return what a request says of it."""
        return self.model_dump(exclude_none=True)


class OpenRouterSettings(Section):
    """OpenRouter, whose language models write and judge the prompts."""

    base_url: Url = Field("https://openrouter.ai/api/v1", description="Address of the API, in live mode.")
    request_timeout_s: float = Field(180, gt=0, le=600, description="Total deadline of one answer, in seconds.")
    image_timeout_s: float = Field(300, gt=0, le=1800, description="Total deadline of one picture, in seconds.")
    usage_lag_s: float = Field(
        300, ge=0, le=3600, description="How long the key's usage may take to show what was spent, in seconds."
    )
    requests_per_minute: int = Field(
        0, ge=0, le=100_000, description="Most requests per minute, in live mode; 0 for no limit."
    )
    reasoning: dict[ModelName, ReasoningSettings] = Field(
        {}, description="How much a model may think; low effort where it can think and nothing is said here."
    )
    providers: dict[ModelName, Annotated[tuple[ProviderTag, ...], Field(min_length=1)]] = Field(
        {}, description="Which providers a model is asked at, by their tags; all that fit and have a price if left out."
    )
    data_collection: Literal["deny", "allow"] = Field(
        "deny", description="Whether to ask providers that may keep or train on what they are sent."
    )


class ImagePriceSettings(Section):
    """What one run of an image model costs, in USD; a plain number is the price per image."""

    image: Price | None = Field(None, description="Per delivered image.")
    megapixel: Price | None = Field(None, description="Per megapixel of output.")
    run: Price | None = Field(None, description="Per run.")
    second: Price | None = Field(None, description="Per second of run time; needs worst_seconds.")
    worst_seconds: int | None = Field(
        None, ge=5, le=3600, description="Seconds after which the provider ends a run; all of them are held."
    )

    @model_validator(mode="after")
    def _is_a_price(self) -> ImagePriceSettings:
        if not any((self.image, self.megapixel, self.run, self.second)):
            raise ValueError("names no price; give image, megapixel, run or second")
        if (self.second is None) != (self.worst_seconds is None):
            raise ValueError("second and worst_seconds belong together: the hold is their product")
        return self

    def per(self) -> dict[str, Decimal]:
        """Return the prices by unit."""
        units = {"image": self.image, "megapixel": self.megapixel, "run": self.run, "second": self.second}
        return {unit: price for unit, price in units.items() if price is not None}


def _per_image(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return value if isinstance(value, dict | ImagePriceSettings) else {"image": value}


PriceEntry = Annotated[
    ImagePriceSettings, BeforeValidator(_per_image, json_schema_input_type=Price | ImagePriceSettings)
]
