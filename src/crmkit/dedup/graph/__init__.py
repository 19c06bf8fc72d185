"""The identity graph while records keep arriving: keys, evidence, and the parties they make."""
