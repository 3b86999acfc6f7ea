"""The warehouse's photos: by barcode or number on a phone, by file name in bulk, and by API."""
