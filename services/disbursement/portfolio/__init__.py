"""What people ask of the whole: where the money is, and how long things take."""
