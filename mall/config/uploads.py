"""Configuration of uploads: where their bytes are."""

from __future__ import annotations

from dataclasses import dataclass

from mall.config.checks import one_of
from mall.config.declaring import Kind, text

STORAGES = ("disk", "s3")
ADDRESSINGS = ("auto", "path", "virtual")
_WELL_KNOWN = frozenset({"minioadmin", "minio123", "test", "testing", "password", "secret"})


@dataclass(frozen=True, kw_only=True)
class UploadConfig:
    """A directory, or a bucket of anything that speaks S3."""

    uploads_storage: str = text(
        "MALL_UPLOADS_STORAGE",
        "disk",
        kind=Kind.INFRASTRUCTURE,
        doc="disk or s3: where pictures and videos are kept",
        checks=[one_of(*STORAGES)],
    )
    uploads_dir: str = text(
        "MALL_UPLOADS_DIR",
        "var/uploads",
        kind=Kind.INFRASTRUCTURE,
        doc="their directory; several hosts must share it",
    )
    uploads_base_url: str = text(
        "MALL_UPLOADS_BASE_URL",
        "",
        kind=Kind.INFRASTRUCTURE,
        doc="what stands before addresses of pictures in answers, e.g. a CDN before this mall; "
        "empty = MALL_PUBLIC_BASE_URL in production, else nothing: addresses are relative",
    )
    s3_bucket: str = text(
        "MALL_S3_BUCKET", "", kind=Kind.INFRASTRUCTURE, doc="their bucket; it need not be public"
    )
    s3_endpoint: str = text(
        "MALL_S3_ENDPOINT",
        "",
        kind=Kind.INFRASTRUCTURE,
        doc="address of the S3-compatible store; empty = Amazon's",
    )
    s3_region: str = text(
        "MALL_S3_REGION", "", kind=Kind.INFRASTRUCTURE, doc="region of the bucket"
    )
    s3_addressing: str = text(
        "MALL_S3_ADDRESSING",
        "auto",
        kind=Kind.INFRASTRUCTURE,
        doc="where the bucket's name goes: auto, path or virtual",
        checks=[one_of(*ADDRESSINGS)],
    )
    s3_access_key_id: str = text(
        "MALL_S3_ACCESS_KEY_ID", "", kind=Kind.SECRET, doc="access key of the store"
    )
    s3_secret_access_key: str = text(
        "MALL_S3_SECRET_ACCESS_KEY", "", kind=Kind.SECRET, doc="its secret"
    )

    def upload_faults(self, *, production: bool) -> list[str]:
        """What is wrong between these variables."""
        faults = []
        if self.uploads_base_url and not self.uploads_base_url.startswith(
            "https://" if production else ("http://", "https://")
        ):
            faults.append("MALL_UPLOADS_BASE_URL: must be an https address, or empty")
        return faults + (self._s3_faults(production) if self.uploads_storage == "s3" else [])

    def _s3_faults(self, production: bool) -> list[str]:
        faults = [
            f"{name} is not set (MALL_UPLOADS_STORAGE is s3)"
            for name, value in (
                ("MALL_S3_BUCKET", self.s3_bucket),
                ("MALL_S3_REGION", self.s3_region),
                ("MALL_S3_ACCESS_KEY_ID", self.s3_access_key_id),
                ("MALL_S3_SECRET_ACCESS_KEY", self.s3_secret_access_key),
            )
            if not value
        ]
        if self.s3_endpoint and not self.s3_endpoint.startswith(("http://", "https://")):
            faults.append("MALL_S3_ENDPOINT: must be an http or https address")
        if production:
            faults += self._production_upload_faults()
        return faults

    def _production_upload_faults(self) -> list[str]:
        faults = []
        if self.s3_endpoint and not self.s3_endpoint.startswith("https://"):
            faults.append("MALL_S3_ENDPOINT: must be an https address in production")
        if self.s3_secret_access_key.lower() in _WELL_KNOWN:
            faults.append("MALL_S3_SECRET_ACCESS_KEY: is one that everybody knows")
        return faults
