"""What every process runs in: the open programme and warehouse, the pool of readers, stage times."""
