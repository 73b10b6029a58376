command_id = "17f62f38-94a0-41b2-83c4-d5e6f708192a"
