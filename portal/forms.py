"""JSON bodies: what they must look like, and the bytes inside them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

from flask import request
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from shared.encoding import from_json, unb64

View = Callable[..., Any]


class Form(BaseModel):
    """No guessing: nothing is converted, nothing unknown is let through."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def takes(form: type[Form]) -> Callable[[View], View]:
    """Give the view its JSON body as `body`; raises Malformed, ValidationError."""

    def decorate(view: View) -> View:
        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> Any:
            return view(*args, body=form.model_validate(from_json(request.get_data())), **kwargs)

        vars(reading)["takes"] = form
        return reading

    return decorate


@dataclass(frozen=True, slots=True)
class Base64:
    """Annotates bytes that travel as base64url without padding."""

    least: int
    most: int

    def read(self, value: object) -> bytes:
        data = unb64(value) if isinstance(value, str) else b""
        if not self.least <= len(data) <= self.most:
            raise ValueError(f"between {self.least} and {self.most} bytes were expected")
        return data

    def __get_pydantic_core_schema__(self, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        least, most = ((size * 8 + 5) // 6 for size in (self.least, self.most))
        return {"type": "string", "format": "base64url", "minLength": least, "maxLength": most}


@dataclass(frozen=True, slots=True)
class Hex:
    """Annotates bytes that travel as lower-case hex."""

    size: int

    @property
    def pattern(self) -> str:
        return f"[0-9a-f]{{{2 * self.size}}}"

    def read(self, value: object) -> bytes:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise ValueError(f"{self.size} bytes in lower-case hex were expected")
        return bytes.fromhex(value)

    def __get_pydantic_core_schema__(self, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{self.pattern}$"}


Id = Annotated[bytes, Hex(16)]
Salt = Annotated[bytes, Base64(16, 16)]
Bytes32 = Annotated[bytes, Base64(32, 32)]
Document = Annotated[bytes, Base64(1, 24 * 1024)]  # orders, or one command
Generation = Annotated[int, Field(ge=1, lt=2**31)]
Version = Annotated[int, Field(ge=1, le=2**53)]
