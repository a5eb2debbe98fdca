"""Takes over what the old tool left: its pages as a spec, its settings as a proposal, its past as history.

The old folder is only ever read. Nothing here calls a provider, spends anything or approves anything.
"""
