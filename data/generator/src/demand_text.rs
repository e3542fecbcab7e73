//! The words of the demands: themes, how often each is raised, and typical titles in Spanish.

/// Theme and relative frequency, in the order of the project file.
pub(crate) const THEMES: [(&str, f64); 8] = [
    ("health", 1.3),
    ("education", 0.9),
    ("green", 1.2),
    ("safety", 1.8),
    ("housing", 1.1),
    ("mobility", 1.4),
    ("work", 0.7),
    ("culture", 0.6),
];

/// Titles by theme, in the order of [`THEMES`].
pub(crate) const TITLES: [[&str; 6]; 8] = [
    [
        "Más horas médicas en el CESFAM",
        "Ambulancia para el sector",
        "Farmacia comunitaria cerca del barrio",
        "Atención de salud mental para jóvenes",
        "Ampliar el horario del SAPU",
        "Rondas de salud para personas mayores",
    ],
    [
        "Reparar el techo de la escuela",
        "Jardín infantil con jornada extendida",
        "Biblioteca de barrio",
        "Nivelación de estudios para adultos",
        "Patio techado para la escuela básica",
        "Transporte escolar gratuito",
    ],
    [
        "Recuperar la plaza del barrio",
        "Plantar árboles nativos en la vereda",
        "Eliminar el microbasural",
        "Juegos infantiles inclusivos",
        "Riego con agua reutilizada en la plaza",
        "Huerto comunitario",
    ],
    [
        "Luminarias en el pasaje",
        "Alarmas comunitarias",
        "Más patrullaje nocturno",
        "Cámara de vigilancia en la esquina",
        "Cierre del sitio eriazo",
        "Resaltos y señalización frente a la escuela",
    ],
    [
        "Mejoramiento térmico de viviendas",
        "Reparar techumbres con asbesto",
        "Vivienda social en el mismo barrio",
        "Regularizar ampliaciones",
        "Normalizar el alcantarillado",
        "Ascensor para el bloque de departamentos",
    ],
    [
        "Refugio en la parada de buses",
        "Ciclovía hacia la estación de metro",
        "Reparar veredas para sillas de ruedas",
        "Aumentar la frecuencia del recorrido",
        "Semáforo peatonal en la avenida",
        "Pavimentar la calle",
    ],
    [
        "Feria de emprendimientos del barrio",
        "Capacitación en oficios",
        "Oficina local de empleo",
        "Sala cuna para madres que trabajan",
        "Apoyo a cooperativas de trabajo",
        "Regularizar el comercio de la feria libre",
    ],
    [
        "Sede para la junta de vecinos",
        "Talleres de música para niñas y niños",
        "Cancha multiuso iluminada",
        "Carnaval anual del barrio",
        "Mural de la historia del barrio",
        "Cine al aire libre en verano",
    ],
];
