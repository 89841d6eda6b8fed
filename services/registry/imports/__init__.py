"""Bulk import of the padrón: producers, and their parcels, from CSV or Parquet.

`python -m services import-padron FILE [--parcels FILE] [--source TEXT] [--as-of DAY]
[--rejects OUT.csv]`

CSV is UTF-8 (a byte order mark is allowed), separated by commas, with a header; Parquet holds the
same columns as text (dates may be date, alive boolean, area_ha decimal). Columns may stand in any
order; others are ignored.

| producers | what it holds |
|---|---|
| dni | eight digits, once in the file |
| full_name | one line, 1 to 200 characters |
| sex | F, M or X |
| born_on | AAAA-MM-DD, from 1900 and not after the as-of date |
| alive | true or false |
| cci | twenty digits |
| ppa_from | first day in the Padrón de Productores Agrarios; empty when not in it |
| ppa_to | first day out of it, after ppa_from; empty when open |

| parcels | what it holds |
|---|---|
| dni | of a producer who is registered, or is accepted from the producers' file |
| code | one line, 1 to 200 characters, once for each producer |
| area_ha | hectares above 0 and at most 10000, at most four decimals, a point before them |
| crop, tenure | one line, 1 to 200 characters |
| ubigeo_scheme | INEI or RENIEC |
| ubigeo_code | six digits |

A row that breaks a rule goes to the report of rejects with its number (CSV: the line, the header
is 1; Parquet: the row, the first is 1), the column and the reason. All other rows are written in
one transaction, all or nothing. Importing again is an update: a producer or a parcel that differs
is changed, a PPA period that differs from the last snapshot is added as a snapshot, and a producer
whose ppa_from is now empty gets a snapshot that ends on the as-of date. Nobody is removed: who is
missing from the file stays as it was.

Rows are prepared beside the registry, in the schema `incoming`, in transactions of some thirty
thousand rows. The first load, into an empty registry, has its checks, keys and indexes before it is
put in place, for which it holds the tables for an instant; later ones are compared there and only
what differs is written. What a killed import leaves in `incoming` goes with the next import.
"""
