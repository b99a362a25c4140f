"""`python -m saima_airflow.signer_role`: the role of those who sign, in the accounts of FAB. Run by docker/init.sh at every start.

`airflow roles add-perms` grants only what FAB knows already, and it has never heard of the view of this plugin."""

from __future__ import annotations

import sys

from saima_airflow.mounted_pages import BOARD_VIEW

ROLE = "Bureau"
PERMISSIONS = (
    ("can_edit", "HITL Detail"),
    ("can_edit", "DAG:release_edition"),
    ("can_read", BOARD_VIEW),
    ("can_read", "Plugins"),
)
"""Answering a request for a signature, for which FAB also asks the right to edit the DAG that asks; seeing the pages; seeing that there are
pages. Beside the role Viewer, which reads DAGs and runs: a signer starts no run and clears no task."""


def make_signer_role() -> int:
    """Makes the role and grants what it lacks; returns how many permissions it has."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager = builder.sm
        role = manager.find_role(ROLE) or manager.add_role(ROLE)
        for action, resource in PERMISSIONS:
            manager.add_permission_to_role(role, manager.create_permission(action, resource))
        return len(manager.find_role(ROLE).permissions)


if __name__ == "__main__":
    sys.stdout.write(f"role {ROLE}: {make_signer_role()} permissions\n")
