"""A Flask backend for WeChat mini-program malls. The app factory is `mall.application`."""
