"""Revisions, oldest first; `schema.HEAD` names the last one."""
