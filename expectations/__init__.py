"""The rules of Saima (审核关系): the catalogue, custom expectations and suites of Great Expectations. Imports nothing of `pipelines`."""
