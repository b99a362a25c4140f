"""A programme folder: found, loaded, checked whole, copied. What it says reaches the other rooms as a `Programme`."""
