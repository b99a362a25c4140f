"""Saima (赛马): county submissions of manufacturing investment, from the file that arrives to the published ranking."""
