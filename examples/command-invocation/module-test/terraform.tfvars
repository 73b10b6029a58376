command_id  = "a25f83f7-d190-447b-b2c6-081a3c5e6278"
instance_id = "i-0a1b2c3d4e5f60001"
