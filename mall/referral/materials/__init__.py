"""The material library (素材库): pictures, videos and texts that promoters share with."""
