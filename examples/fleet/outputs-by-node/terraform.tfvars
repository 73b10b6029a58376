command_id = "06e51e27-839f-40a1-92b3-c4d5e6f70819"
