"""What a batch leaves for the loader: Parquet files of one stage."""
