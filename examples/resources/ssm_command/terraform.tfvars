release = "4.2.0"
