"""What converted code calls: names, calls, containers, objects, exceptions, texts."""
