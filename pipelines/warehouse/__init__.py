"""The warehouse: ledger and verdicts in SQL, rows of every version in Iceberg, one loader, the audit chain (DESIGN §4–5).

Entry: `warehouse.open_warehouse`. How a load survives being killed is told in `loader` and `lake`; which version counts in
`timeline`; what the tables are in `schema` and `pipelines.model.tables`.
"""
