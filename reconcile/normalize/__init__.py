"""Vietnamese text → comparable values: encodings, syllables, names, dates, places, numbers, lists."""
