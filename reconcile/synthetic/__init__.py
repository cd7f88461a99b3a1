"""A synthetic commune, district or province with its truth. No person in it is real."""
