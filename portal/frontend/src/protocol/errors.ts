/** What can be wrong with a document, each with the stable code of shared/errors.py. */

/** A document of protocol v1 that must be refused. */
export class ProtocolError extends Error {
  readonly code: string = 'protocol-error';
}

/** Wrong length, magic, reserved bits or JSON: not a document of this kind at all. */
export class Malformed extends ProtocolError {
  override readonly code = 'malformed';
}

/** A suite byte this version does not speak: refuse, never guess. */
export class UnknownSuite extends ProtocolError {
  override readonly code = 'unknown-suite';
}

/** The signature does not belong to these bytes and this key. */
export class BadSignature extends ProtocolError {
  override readonly code = 'bad-signature';
}

/** The pairing code was wrong, or somebody changed the message on its way. */
export class BadMac extends ProtocolError {
  override readonly code = 'bad-mac';
}

/** A genuine document, for another laptop. */
export class WrongDevice extends ProtocolError {
  override readonly code = 'wrong-device';
}

/** Signed by a key that may not say this. */
export class UnknownSigner extends ProtocolError {
  override readonly code = 'unknown-signer';
}

/** Does not continue the chain: replayed, reordered, dropped or grafted. */
export class OutOfOrder extends ProtocolError {
  override readonly code = 'out-of-order';
}

/** Was genuine once; its time has passed (or has not come). */
export class Expired extends ProtocolError {
  override readonly code = 'expired';
}

/** The bytes are not the ones the signed header promised. */
export class BodyMismatch extends ProtocolError {
  override readonly code = 'body-mismatch';
}

/** Sealed to another key, for another purpose, or changed since. */
export class CannotOpen extends ProtocolError {
  override readonly code = 'cannot-open';
}

/** The portal offered password hashing outside protocol.md 2's floor and ceiling. */
export class WeakKdf extends ProtocolError {
  override readonly code = 'weak-kdf';
}

/** Over the size this document may have. */
export class TooLarge extends ProtocolError {
  override readonly code = 'too-large';
}
