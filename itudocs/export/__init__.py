"""Out to where people work: records as tables, citations and calendars, streamed, in formats that others read.

writing       records to a file or stream in a format, whole or not at all
tables        what the tables are: letters, events, deadlines, citations, addressees; the one list of columns
delimited     tables as CSV that a spreadsheet cannot be harmed by, and back
columnar      tables as Arrow, Parquet, pandas and Polars
bibliography  letters for reference managers: BibTeX, RIS, CSL-JSON
citing        a letter's citation string
calendar      events and deadlines as iCalendar
schema        JSON Lines' promise: the record's JSON Schema and its version
harmless      text from letters that no format can be broken by

Works on records, wherever they come from; which letters go out is the archive's or the caller's. Nothing here is loaded
before it is used, and of the heavy libraries only those that a format needs.
"""
