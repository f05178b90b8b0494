/** Ordinary pages with times on them: each in the reader's own zone. */

import { localMoments } from '../moments';

localMoments();
