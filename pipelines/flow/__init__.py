"""The processes, one file each; the only composers of the rooms. `dags/` and the commands call these functions."""
