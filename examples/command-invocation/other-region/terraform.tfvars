command_id  = "803d61d5-bf7e-4259-90a4-e6f81a3c4056"
instance_id = "i-0a1b2c3d4e5f60004"
