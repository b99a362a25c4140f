"""The one registering file of this folder: everything it registers lives in the package `saima_airflow`."""

from __future__ import annotations

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin
from saima_airflow import listening
from saima_airflow.mounted_pages import EXTERNAL_VIEWS, URL_PREFIX, MountedPages, PagesAtStart


class SaimaPlugin(AirflowPlugin):
    """The pages of Saima inside the Airflow UI, and the engineers' pager for broken DAG files."""

    name = "saima"
    fastapi_apps: ClassVar[list[dict[str, object]]] = [
        {"app": MountedPages(), "url_prefix": URL_PREFIX, "name": "Saima pages"}
    ]
    fastapi_root_middlewares: ClassVar[list[dict[str, object]]] = [
        {"middleware": PagesAtStart, "name": "Saima pages at start"}
    ]
    external_views: ClassVar[list[dict[str, object]]] = EXTERNAL_VIEWS
    listeners: ClassVar[list[object]] = [listening]
