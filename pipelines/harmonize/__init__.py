"""Cells become canonical rows. What it cannot do it says as problems and notes; `params["kind"]` names the variant of a rule:

A01 (parse) empty_file encrypted unknown_type corrupt macros external_links entity too_many_parts too_large ratio duplicate_part
    unsafe_part_name far_cell cell_twice too_many_cells no_sheet reader_failed csv_quote csv_too_wide line_too_long json_syntax
    json_duplicate_key json_nan json_number json_depth json_shape nested_package no_table_inside part_missing bad_manifest
    too_many_lines cell_too_long value_in_pieces; (harmonize) csv_uneven formulas_only empty_file part_missing bad_sidecar;
    (pool) reader_died too_slow too_much_memory
A02 undecodable utf16 control nul replacement_character reversed_text
A03 no_table hidden_table half_a_header hidden_rows hidden_columns struck_rows stored_zeros faint_cells comment_corrects
note_differs expected_figures other_figures not_counted missing_column
duplicate_header ambiguous_header unknown_column own_column
    two_tables sheet_a_unit sheet_a_month second_header second_title table_above rows_elsewhere
    side_by_side same_rows_twice declared_form_absent
A04 unresolved not_allowed contradiction measure_mismatch display_scaled display_disguised display_unit cell_unit_differs
scale_word percent_differs
A05 unresolved contradiction year_differs not_a_period not_in_calendar rows_differ
A06 unresolved contradiction unknown_unit rows_differ not_the_bureau not_a_sender
A07 no_rows formulas_only

Sources named in a contradiction: options, account, folder, manifest, meta (inside a JSON file), title, header, rows."""
