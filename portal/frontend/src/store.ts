/** One value in IndexedDB, which unlike other stores can hold keys that cannot be read back. */

const DATABASE = 'homeward';
const STORE = 'session';
const KEY = 'current';

export async function load(): Promise<unknown> {
  return use('readonly', (store) => store.get(KEY));
}

export async function save(value: unknown): Promise<void> {
  await use('readwrite', (store) => store.put(value, KEY));
}

export async function clear(): Promise<void> {
  await use('readwrite', (store) => store.clear());
}

async function use<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await opened();
  try {
    const transaction = database.transaction(STORE, mode);
    const result = await settled(work(transaction.objectStore(STORE)));
    return result;
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () =>
      reject(request.error ?? new Error('This browser could not store the keys.'));
  });
}
