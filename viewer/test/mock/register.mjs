/**
 * The invented city's register of demands, in memory: what the server answers about demands and assemblies, to reads and to
 * writes. The tokens are the words `facilitator` and `coordinator`.
 */
export const THEMES = ['health', 'education', 'green', 'safety', 'housing', 'mobility', 'work', 'culture'];
const STAGES = ['raised', 'sector', 'commune', 'city'];
const STATUSES = ['open', 'planned', 'funded', 'in_progress', 'done', 'rejected'];
const TITLES = {
  health: ['Más horas de médico en el CESFAM', 'Un SAPU abierto de noche'],
  education: ['Arreglar el techo de la escuela', 'Jardín infantil para el barrio'],
  green: ['Una plaza en el sitio eriazo', 'Árboles con sombra en la avenida'],
  safety: ['Luces en el pasaje', 'Patrullaje en las tardes'],
  housing: ['Comité de vivienda para allegados', 'Arreglo de los blocks'],
  mobility: ['Semáforo frente al colegio', 'Veredas sin hoyos'],
  work: ['Feria para emprendedoras', 'Cursos de oficio'],
  culture: ['Sala de ensayo', 'Biblioteca los sábados'],
};
const TOKENS = {
  facilitator: { name: 'Facilitación La Granja', role: 'facilitator', communes: [] },
  coordinator: { name: 'Coordinación de la ciudad', role: 'coordinator', communes: [] },
};
const [FIRST, LAST] = ['2025-03-08', '2026-09-30'];
const DAY_MS = 86_400_000;

/**
 * @param {{at: [number, number], theme: string}[]} points of the demands there are from the start
 * @param {(at: [number, number]) => Record<string, string>} territoriesAt keys by level
 * @param {{level: string, key: string, name: string, values: {population: number}}[]} territories of the city
 * @param {() => number} next random numbers, always the same
 */
export function createRegister(points, territoriesAt, territories, next) {
  const demands = points.map(demandOf);
  const changes = new Map(
    demands.map((one) => [one.id, [{ at: one.created, action: 'create', changed: {}, who: 'import' }]]),
  );
  const answered = new Map();
  const assemblies = territories.flatMap(assembliesOf);
  let generation = 1;

  function demandOf({ at, theme }, i) {
    const stage = STAGES[Math.floor(4 * next() ** 3)];
    const status = next() < 0.5 ? 'open' : STATUSES[Math.floor(6 * next())];
    return {
      id: `D${i + 1}`,
      theme,
      title: TITLES[theme][Math.floor(2 * next())],
      description:
        next() < 0.5 ? 'Lo pide la asamblea desde hace tiempo.\nHay una propuesta de la junta de vecinos.' : '',
      location: { type: 'Point', coordinates: at },
      district: null,
      territories: territoriesAt(at),
      votes: Math.ceil(300 * next() ** 3) + 1,
      assembly: null,
      stage,
      status,
      same_as: null,
      mentions: i % 40 === 7 ? [{ id: `D${i}`, stage: 'sector', votes: 12 }] : [],
      project: status === 'funded' ? 'Plan de plazas' : null,
      cost: status === 'funded' ? 85_000_000 : null,
      beneficiaries: status === 'funded' ? 1200 : null,
      funding: status === 'funded' ? 'FNDR' : null,
      decision: status === 'rejected' ? 'El terreno es privado.' : null,
      created: dayOf(next()),
      updated: LAST,
      version: 1,
    };
  }

  function assembliesOf({ level, key, name }, i) {
    if (level === 'all') return [];
    const rounds = { zones: 2, districts: 4, communes: 6 }[level];
    return Array.from({ length: rounds }, (_, round) => {
      const at = (round + 0.2 + 0.6 * next()) / rounds + 0.1;
      const held = at < 1 && next() < 0.85;
      return {
        id: `A${level}${i}-${round}`,
        level,
        key,
        name,
        date: dayOf(at),
        attendance: held ? Math.ceil(80 * next()) : null,
        held,
      };
    }).filter(() => next() < 0.9);
  }

  /** The demands that a query asks for. */
  function chosen(query) {
    const { theme, status, stage, level, key, since, until } = query;
    return demands.filter(
      (one) =>
        (!theme || one.theme === theme) &&
        (!status || one.status === status) &&
        (!stage || one.stage === stage) &&
        (!level || level === 'all' || one.territories[level] === key) &&
        (!since || one.created.slice(0, 10) >= since) &&
        (!until || one.created.slice(0, 10) <= until),
    );
  }

  function summary(query) {
    const own = chosen(query);
    const months = Object.entries(grouped(own, ({ created }) => created.slice(0, 7)));
    return {
      level: query.level,
      key: query.key,
      total: own.length,
      votes: votesOf(own),
      by_theme: grouped(own, ({ theme }) => theme),
      by_status: grouped(own, ({ status }) => status),
      by_stage: grouped(own, ({ stage }) => stage),
      by_month: months.sort().map(([month, one]) => ({ month, ...one })),
    };
  }

  function priorities({ level, key, method = 'votes', by = 'theme', limit = 100 }) {
    const groups = Object.entries(grouped(chosen({ level, key }), ({ theme }) => theme));
    const votes = Math.max(1, ...groups.map(([, one]) => one.votes));
    const scored = groups.map(([theme, one]) => {
      const need = (THEMES.indexOf(theme) % 4) / 4;
      const contributions =
        method === 'weighted' ? { votes: (0.6 * one.votes) / votes, need: 0.4 * need } : { votes: one.votes };
      return {
        theme,
        demands: one.count,
        votes: one.votes,
        contributions,
        score: Object.values(contributions).reduce((a, b) => a + b),
      };
    });
    const ranked = scored.sort((a, b) => b.score - a.score).slice(0, Number(limit));
    const rows = ranked.map((one, i) => ({ rank: i + 1, ...one, band: [Math.max(1, i), i + 2] }));
    return { level, key, method, by, priorities: rows };
  }

  function calendar({ level, key }) {
    const own = territories.find((one) => one.level === level && one.key === key);
    const isWithin = (one) => !own || own.level === 'all' || own.contains(one.key, one.level);
    const wanted = { zones: 2, districts: 4, communes: 6 };
    const levels = ['zones', 'districts', 'communes'].map((id) => {
      const places = territories.filter((one) => one.level === id && isWithin(one));
      const here = assemblies.filter((one) => one.level === id && places.some((place) => place.key === one.key));
      const held = here.filter((one) => one.held);
      const attendance = held.reduce((sum, one) => sum + one.attendance, 0);
      const people = places.reduce((sum, one) => sum + (one.values.population ?? 0), 0);
      const due = places.length * wanted[id];
      return {
        level: id,
        wanted: due,
        planned: here.length - held.length,
        held: held.length,
        lacking: due - here.length,
        attendance,
        per_1000: people > 0 ? (1000 * attendance) / people : null,
      };
    });
    const places = own && own.level !== 'all' ? [own] : [];
    const next = (place) =>
      assemblies
        .filter((one) => one.key === place.key && one.date > LAST)
        .map(({ date }) => date)
        .sort()[0];
    return {
      levels: levels.filter((one) => one.wanted > 0),
      territories: places.map((place) => ({
        level: place.level,
        key: place.key,
        name: place.name,
        next: next(place) ?? null,
      })),
      assemblies: assemblies.filter((one) => (own ? isWithin(one) : one.level === (level ?? one.level))),
    };
  }

  // ---- writes ------------------------------------------------------------------------------------------------------

  function create(body, key) {
    if (answered.has(key)) {
      const first = answered.get(key);
      return first.sent === JSON.stringify(body)
        ? first.answer
        : problem(409, 'The key was used', 'another body was sent with it');
    }
    const fault = faultIn(body);
    if (fault) return problem(400, 'Bad Request', fault[1], { parameter: fault[0], value: body[fault[0]] });
    const at = body.location?.coordinates ?? [...points[0].at];
    const today = new Date().toISOString();
    const demand = {
      ...demandOf({ at, theme: body.theme }, demands.length),
      description: '',
      stage: 'raised',
      status: 'open',
      project: null,
      cost: null,
      beneficiaries: null,
      funding: null,
      decision: null,
      mentions: [],
      created: today,
      updated: today,
      ...body,
      location: { type: 'Point', coordinates: at },
      assembly: body.assembly ? { id: body.assembly, level: 'zones', key: '13', date: today.slice(0, 10) } : null,
    };
    demands.push(demand);
    changes.set(demand.id, [{ at: today, action: 'create', changed: {}, who: 'Facilitación La Granja' }]);
    generation++;
    const answer = {
      status: 201,
      headers: { location: `/demands/${demand.id}`, etag: tag(demand) },
      body: { ...demand },
    };
    answered.set(key, { sent: JSON.stringify(body), answer });
    return answer;
  }

  function change(demand, patch, match) {
    if (match !== tag(demand)) return problem(412, 'Precondition Failed', `the demand is now ${tag(demand)}`);
    const changed = Object.fromEntries(Object.entries(patch).map(([field, value]) => [field, [demand[field], value]]));
    Object.assign(demand, patch, { version: demand.version + 1, updated: new Date().toISOString() });
    changes.get(demand.id).push({ at: demand.updated, action: 'update', changed, who: 'Coordinación de la ciudad' });
    generation++;
    return found(demand);
  }

  /** @returns {{status: number, headers: object, body: object}|null} null: not of the register */
  async function answer(method, path, query, headers, read) {
    const [, collection, id, part] = path.split('/');
    const who = TOKENS[headers.authorization?.replace('Bearer ', '')];
    if (path === '/session') return who ? ok(who) : problem(401, 'Unauthorized', 'the token is not known');
    if (collection === 'assemblies') return ok(calendar(query));
    if (collection !== 'demands') return null;
    if (method !== 'GET' && !who) return problem(401, 'Unauthorized', 'a write needs a token');
    if (!id)
      return method === 'POST'
        ? create(await read(), headers['idempotency-key'])
        : ok({ demands: chosen(query), numberMatched: chosen(query).length });
    if (id === 'summary') return ok(summary(query));
    if (id === 'priorities') return ok(priorities(query));
    const demand = demands.find((one) => one.id === id);
    if (!demand) return problem(404, 'Not Found', `no demand ${id}`);
    if (part === 'history')
      return ok({ changes: changes.get(id).map(({ who: by, ...one }) => (who ? { ...one, who: by } : one)) });
    if (method === 'GET') return found(demand);
    return who.role === 'facilitator'
      ? problem(403, 'Forbidden', 'a facilitator does not decide')
      : change(demand, await read(), headers['if-match']);
  }

  return {
    answer,
    chosen,
    catalog: () => ({ writable: true, themes: THEMES, stages: STAGES, statuses: STATUSES, first: FIRST, last: LAST }),
    generation: () => String(generation),
  };
}

const tag = ({ version }) => `"v${version}"`;
const ok = (body) => ({ status: 200, headers: {}, body });
const found = (demand) => ({ status: 200, headers: { etag: tag(demand) }, body: demand });
const problem = (status, title, detail, more = {}) => ({
  status,
  headers: {},
  body: { title, detail, status, ...more },
});

function faultIn({ theme, title, votes }) {
  if (!THEMES.includes(theme)) return ['theme', `one of ${THEMES}`];
  if (!title || title.length > 200) return ['title', '1 to 200 characters'];
  if (title.includes('prohibido')) return ['title', 'may not say "prohibido"'];
  return Number.isInteger(votes) ? null : ['votes', 'a whole number'];
}

function grouped(demands, of) {
  const groups = {};
  for (const one of demands) {
    const group = (groups[of(one)] ??= { count: 0, votes: 0 });
    group.count++;
    group.votes += one.votes;
  }
  return groups;
}

const votesOf = (demands) => demands.reduce((sum, { votes }) => sum + votes, 0);

function dayOf(share) {
  const [first, last] = [FIRST, LAST].map((day) => Date.parse(day));
  return new Date(first + Math.floor((share * (last - first)) / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}
