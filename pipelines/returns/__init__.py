"""Workbooks that go to the counties and come back from them: the template to fill in, the verdict that returns, its receipt."""
