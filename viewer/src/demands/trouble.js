/** What went wrong with a write, in words that say what to do. */

const BY_STATUS = { 401: 'trouble.token', 403: 'trouble.forbidden', 429: 'trouble.tooMany', 507: 'trouble.full' };
const REFUSED = 401;

export function problemWords(app, error) {
  if (error.status === undefined) return app.t('trouble.offline');
  if (BY_STATUS[error.status]) return app.t(BY_STATUS[error.status]);
  return error.status >= 500 ? app.t('trouble.server', { status: error.status }) : error.message;
}

/** Whether the token is not, or no longer, good. */
export function isRefused(error) {
  return error.status === REFUSED;
}
