import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExact, formatFigure, formatNumber, formatQuantity, formatUnit } from '../../src/numbers.js';

test('thousands and decimals are written as the language writes them', () => {
  assert.equal(formatNumber(1234, 'es'), '1.234');
  assert.equal(formatNumber(1234, 'en'), '1,234');
  assert.equal(formatNumber(56.78, 'es'), '56,8');
  assert.equal(formatNumber(56.78, 'en'), '56.8');
});

test('small numbers keep three digits and large ones lose their decimals', () => {
  assert.equal(formatNumber(0.012345, 'en'), '0.0123');
  assert.equal(formatNumber(1.2345, 'en'), '1.23');
  assert.equal(formatNumber(123456.789, 'en'), '123,457');
});

test('whole numbers stay whole and zero is a number', () => {
  assert.equal(formatNumber(7, 'es'), '7');
  assert.equal(formatNumber(0, 'es'), '0');
});

test('what is missing is said in words', () => {
  assert.equal(formatQuantity(null, 'persons', 'es'), 'sin dato');
  assert.equal(formatQuantity(undefined, 'persons', 'en'), 'no data');
  assert.equal(formatNumber(Number.NaN, 'es'), null);
});

test('what is not published is told from what is missing', () => {
  assert.equal(formatFigure({ value: null, suppressed: 'primary' }, 'persons', 'es'), 'no se publica');
  assert.equal(formatFigure({ value: null }, 'persons', 'es'), 'sin dato');
  assert.equal(formatFigure({ value: 3, suppressed: null }, 'persons', 'en'), '3 persons');
});

test('units are said in the language', () => {
  assert.equal(formatUnit('persons/ha', 'es'), 'personas/ha');
  assert.equal(formatUnit('m2/person', 'es'), 'm²/persona');
  assert.equal(formatUnit('per 10,000 persons', 'es'), 'por 10.000 personas');
  assert.equal(formatUnit('full days per 10,000 persons', 'es'), 'jornadas por 10.000 personas');
  assert.equal(formatUnit('furlongs', 'es'), 'furlongs');
  assert.equal(formatUnit(null, 'es'), '');
});

test('bounds are written with all their digits', () => {
  assert.equal(formatExact(535.36, 'es'), '535,36');
  assert.equal(formatExact(0.30005, 'en'), '0.30005');
});
