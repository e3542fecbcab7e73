/** The words of the page, one file per language. Every file has the same keys. */
import en from './texts/en.js';
import es from './texts/es.js';

export const TEXTS = { es, en };
export const LANGUAGES = Object.keys(TEXTS);
