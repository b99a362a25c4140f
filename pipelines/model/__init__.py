"""What every room obeys: periods, units, calendars, forms, fields, tables, submissions, findings. No I/O, no clock."""
