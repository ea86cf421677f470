"""What a correct reading is, and the measure."""
