"""The floor: a bare Flask route that answers JSON, nothing else in the app."""

from flask import Flask, Response, jsonify

app = Flask("floor")


@app.get("/floor")
def floor() -> Response:
    return jsonify(status="ok")
