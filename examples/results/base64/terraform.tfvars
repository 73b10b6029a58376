node = "mi-0a1b2c3d4e5f60005"
