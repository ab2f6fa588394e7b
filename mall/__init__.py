"""A Flask backend for WeChat mini-program malls."""
