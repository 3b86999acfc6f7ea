"""Dates as Arabic writes them: the day first, 24 hours. Django has no DATETIME_FORMAT for it and uses English's."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y، H:i"
