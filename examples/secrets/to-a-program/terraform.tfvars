command_id = "5e207d9c-3146-4c8a-9f5d-90412ac3d6e7"
