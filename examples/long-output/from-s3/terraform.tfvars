command_id = "9264b1d0-758a-40ce-9d91-d4856e071a2b"
