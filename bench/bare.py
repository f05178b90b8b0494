"""The yardstick of every server: Flask that reads a body and says nothing."""

from flask import Flask, request

app = Flask(__name__)


@app.post("/")
def take() -> str:
    request.get_data()
    return ""
