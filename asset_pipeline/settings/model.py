"""The settings: what they are, what they may be, and how a wrong one is reported.

Later beats earlier: built-in defaults, `pipeline.yaml`, `.env`, the environment (`ASSET_PIPELINE__SECTION__KEY`), the
command line. Secrets are not settings; see `asset_pipeline.secrets`.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from asset_pipeline.errors import SettingsError
from asset_pipeline.paths import Paths
from asset_pipeline.settings.checks import ChecksSettings
from asset_pipeline.settings.cron import Cron
from asset_pipeline.settings.flow import FlowSettings
from asset_pipeline.settings.logs import LogSettings
from asset_pipeline.settings.prompts import PromptSettings
from asset_pipeline.settings.provenance import ProvenanceSettings
from asset_pipeline.settings.providers import OpenRouterSettings, PriceEntry, ReplicateSettings
from asset_pipeline.settings.review import ReviewSettings
from asset_pipeline.settings.section import Section
from asset_pipeline.settings.types import (
    Limit,
    LoopbackUrl,
    Mode,
    ModelName,
    PlainPath,
    Share,
    WebhookUrl,
    sort_shares,
)

ENV_PREFIX = "ASSET_PIPELINE__"


class Degradation(StrEnum):
    """What may be left out of an image that does not fit its budget."""

    FEWER_WRITERS = "fewer_writers"  # two instead of more
    ONE_WRITER = "one_writer"  # the first alone, and no judge
    CHEAPER_MODEL = "cheaper_model"  # another image model


class SpecsSettings(Section):
    """Where specs are and how large they may be."""

    dir: PlainPath | None = Field(
        None,
        description="Folder of the specs, absolute or inside the project; `specs` in the data directory if left out.",
    )
    max_file_mb: float = Field(2, gt=0, le=100, description="Largest spec file that is read, in megabytes.")


class BudgetSettings(Section):
    """Limits in USD; each must be above 0 and below 100. No paid call is made that could pass one of them."""

    total_usd: Limit = Field(Decimal(25), description="All spending of this ledger.")
    daily_usd: Limit = Field(Decimal(25), description="Spending per day, in UTC.")
    sample_usd: Limit = Field(Decimal(1), description="Spending on collections that nobody has approved yet.")
    production_usd: Limit = Field(Decimal(25), description="Spending on approved collections.")
    safety_margin: Decimal = Field(
        Decimal("0.05"),
        ge=0,
        lt=1,
        decimal_places=4,
        description="Share of each limit that is never used: 0.05 keeps 5 % back.",
    )
    providers: dict[Literal["replicate", "openrouter"], Limit] = Field({}, description="Limits per provider.")
    collections: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)], Limit] = Field(
        {}, description="Limits per collection."
    )
    alerts: Annotated[tuple[Share, ...], AfterValidator(sort_shares)] = Field(
        (Decimal("0.5"), Decimal("0.8"), Decimal("0.95")),
        max_length=20,
        description="Shares of a limit; as each is spent, an alert says so, once. An empty list says nothing.",
    )
    alert_webhook_url: WebhookUrl | None = Field(
        None, description="Where each alert is sent as JSON; in sandbox mode only an address on this machine."
    )
    degrade: tuple[Degradation, ...] = Field(
        (),
        description="What may be left out, in this order, where an image does not fit its budget; nothing unless set.",
    )
    cheaper_models: dict[ModelName, ModelName] = Field(
        {}, description="For cheaper_model: the image model that stands in for another one."
    )

    @model_validator(mode="after")
    def _knows_cheaper_models(self) -> BudgetSettings:
        if len(set(self.degrade)) < len(self.degrade):
            raise ValueError("a step of degrade is there twice")
        if Degradation.CHEAPER_MODEL in self.degrade and not self.cheaper_models:
            raise ValueError("cheaper_model in degrade needs cheaper_models: which model stands in for which")
        return self


class RolloutSettings(Section):
    """The gate between a sample and the big spend."""

    require_approval: bool = Field(
        True,
        description="Buy only the sample of a collection until a person approves it; false buys everything at once.",
    )
    canary: int = Field(
        5, ge=0, le=100, description="Images that are bought first after an approval; the rest waits for them. 0: none."
    )
    canary_pass_share: float = Field(
        0.8, ge=0, le=1, description="Share of these that must turn out well, or the approval ends."
    )
    start_runs: bool = Field(
        True, description="The review page starts a run where a decision asks for one; false leaves that to a person."
    )


class ImageSettings(Section):
    """How images are made."""

    in_flight: int = Field(50, ge=1, le=500, description="Images that wait for a provider at the same time.")
    workers: int = Field(2, ge=1, le=64, description="Threads that decode, crop and encode.")
    rebuys: int = Field(
        0, ge=0, le=3, description="How often an image is bought again where it fails a check whose policy is rebuy."
    )
    contact_sheet: bool = Field(True, description="Write a contact sheet of each touched collection after a run.")


class AutomationSettings(Section):
    """What starts without a person."""

    start_sensors: bool = Field(False, description="Start sensors and schedules with the daemon.")
    spec_interval_s: int = Field(15, ge=5, le=3600, description="Seconds between two looks at the folder of specs.")
    reconcile_cron: Cron = Field("*/15 * * * *", description="When open calls are reconciled, as cron.")
    backup_cron: Cron = Field("30 3 * * *", description="When the database is backed up, as cron, in UTC.")
    keep_backups: int = Field(14, ge=1, le=1000, description="Nightly backups that are kept; older ones are removed.")
    stats_cron: Cron = Field("5 * * * *", description="When pipeline_stats is read anew, as cron.")


class SandboxSettings(Section):
    """The built-in stand-in for both providers."""

    url: LoopbackUrl | None = Field(
        None, description="A sandbox served by `asset-pipeline sandbox`; in process if left out."
    )
    latency_s: float = Field(0.2, ge=0, le=60, description="How long each paid call takes, in seconds.")


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    mode: Mode = Field(Mode.SANDBOX, description="sandbox: no request leaves the machine. live: real money.")
    data_dir: PlainPath = Field(Path("data"), description="Folder of all state, absolute or inside the project.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least important log line.")
    logs: LogSettings = LogSettings()
    specs: SpecsSettings = SpecsSettings()
    budget: BudgetSettings = BudgetSettings()
    rollout: RolloutSettings = RolloutSettings()
    prompts: PromptSettings = PromptSettings()
    images: ImageSettings = ImageSettings()
    checks: ChecksSettings = ChecksSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    replicate: ReplicateSettings = ReplicateSettings()
    openrouter: OpenRouterSettings = OpenRouterSettings()
    flow: FlowSettings = FlowSettings()
    prices: dict[ModelName, PriceEntry] = Field(
        {}, description="USD per image, or by unit, of image models; they come before the built-in table."
    )
    automation: AutomationSettings = AutomationSettings()
    sandbox: SandboxSettings = SandboxSettings()
    review: ReviewSettings = ReviewSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what `asset_pipeline.settings.sources` has merged: it knows where each value came from."""
        return (init_settings,)

    def paths(self, root: Path) -> Paths:
        """Return the places of the project at `root`.

        Raises:
            SettingsError: The folder of all state is a link to what is not there.
        """
        place = root / self.data_dir
        data = place.resolve()
        if place.is_symlink() and not data.exists():  # a ledger begun beside the one on a disk that is not mounted
            raise SettingsError(  # would know of nothing that was spent
                f"{place} is a link to {data}, which is not there",
                where="data_dir",
                fix="mount the disk it leads to, or remove the link",
            )
        return Paths(
            root=root,
            data=data,
            specs=(root / self.specs.dir if self.specs.dir else data / "specs").resolve(),
        )
