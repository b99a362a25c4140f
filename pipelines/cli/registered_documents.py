"""Every JSON document that leaves the program, of all rooms and wings, by the name of its schema (DESIGN §8). A convention test finds
each class that is missing here."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from ..model.document_register import DOCUMENTS


def registered_documents() -> dict[str, Any]:
    """Name of the schema → class. Documents of the dispatch wing are those of its modules whose class is called so."""
    from ..flow.dispatch import briefs, documents, public_showcase, to_do_items, weekly_look
    from ..flow.month.build_site import SiteBuilt
    from ..flow.month.edition_difference import EditionDifference
    from ..flow.month.gate_documents import GateDocument
    from ..flow.month.prerelease import AccessListDocument
    from ..flow.month.rule_failure_rates import RuleFailuresDocument
    from ..flow.month.what_if_documents import WhatIfDocument
    from ..flow.month.write_bulletin import BulletinDocument
    from ..flow.portal.accounts import AccountDocument, AccountsDocument
    from ..flow.portal.doctor import DoctorDocument
    from ..flow.upkeep.audit_anchors import AnchorDocument
    from ..flow.upkeep.backup import BackupDocument, RestoreDocument
    from ..flow.upkeep.database_upkeep import AsOfQueriesDocument, DatabaseDocument, RolesDocument
    from ..flow.upkeep.deliver import DeliverDocument, DeliveryManifest
    from ..flow.upkeep.lake_location import LakeLocationDocument
    from ..flow.upkeep.retention import RetentionDocument
    from ..programme.check_document import ProgrammeCheckDocument
    from ..programme.key_reference import ReferenceDocument
    from ..publish.dataset_metadata import DataPackage, DatasetDocument
    from ..publish.json_stat import JsonStatDataset, JsonStatStatus
    from ..publish.release_calendar import ReleaseCalendar
    from ..publish.site.site_catalogue import SiteCatalogue
    from ..warehouse.database_copy import DatabaseCopy
    from ..warehouse.load.lake_upkeep import LakeUpkeepDocument

    dispatch: dict[str, Any] = {}
    for module in (documents, briefs, public_showcase, to_do_items, weekly_look):
        dispatch |= _documents_of(module)
    return {
        **DOCUMENTS,
        **dispatch,
        "programme-check": ProgrammeCheckDocument,
        "programme-explain": ReferenceDocument,
        "audit-anchor": AnchorDocument,
        "backup": BackupDocument,
        "backup-tables": DatabaseCopy,
        "restore": RestoreDocument,
        "db": DatabaseDocument,
        "db-roles": RolesDocument,
        "db-as-of": AsOfQueriesDocument,
        "deliver": DeliverDocument,
        "delivery-manifest": DeliveryManifest,
        "lake-locate": LakeLocationDocument,
        "lake-upkeep": LakeUpkeepDocument,
        "lake-retention": RetentionDocument,
        "diff": EditionDifference,
        "gate": GateDocument,
        "access": AccessListDocument,
        "bulletin": BulletinDocument,
        "calendar": ReleaseCalendar,
        "rank-what-if": WhatIfDocument,
        "site-build": SiteBuilt,
        "site-editions": SiteCatalogue,
        "rule-failures": RuleFailuresDocument,
        "users": AccountDocument,
        "users-list": AccountsDocument,
        "doctor": DoctorDocument,
        "datapackage": DataPackage,
        "dataset": DatasetDocument,
        "jsonstat": JsonStatDataset,
        "jsonstat-status": JsonStatStatus,
    }


def _documents_of(module: ModuleType) -> dict[str, Any]:
    return {
        f"dispatch{_slug(name)}": one
        for name, one in vars(module).items()
        if isinstance(one, type)
        and issubclass(one, BaseModel)
        and one.__module__ == module.__name__
        and name.endswith("Document")
        and name != "Document"
    }


def _slug(name: str) -> str:
    """`PublicShowcaseDocument` → `-public-showcase`."""
    return re.sub(r"([A-Z])", lambda match: f"-{match[1].lower()}", name.removesuffix("Document"))
