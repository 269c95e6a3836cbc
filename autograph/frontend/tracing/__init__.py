"""What a trace may change: places, regions, and how contents travel through them."""
