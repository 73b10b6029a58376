command_id = "914e72e6-c08f-436a-a1b5-f7092b4d5167"
